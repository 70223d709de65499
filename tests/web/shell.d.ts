/** What the server puts in front of the service worker: chat_service/shell.py. */
declare const SHELL: { version: string; prefix: string; files: string[] };
