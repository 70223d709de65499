/**
 * What a closed socket asks of the client. 4000-4499 and the codes of the network mean: come back and resume.
 * 4500-4999 mean: don't, except that a missing or expired token is worth one refresh.
 *
 * @param {number} code
 * @returns {"reconnect" | "refresh" | "login" | "stop"}
 */
export function afterClose(code) {
  switch (code) {
    case TOKEN_EXPIRED:
    case UNAUTHENTICATED:
      return "refresh";
    case SIGNED_OUT:
      return "login";
    default:
      return code >= 4500 && code <= 4999 ? "stop" : "reconnect";
  }
}

export const NORMAL = 1000;
export const LOST = 1006;
export const FRAME_TOO_LARGE = 1009;
const TOKEN_EXPIRED = 4001;
const UNAUTHENTICATED = 4500;
const SIGNED_OUT = 4501;
