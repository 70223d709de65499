// Run by start.sh in the first member at every start, until it succeeds: makes what is missing, changes nothing else
// but the passwords, which are those of the Secret.
const fs = require("fs");

const secret = (name) => fs.readFileSync(`/run/secrets/${name}`, "utf8").trim();

if (!db.hello().setName) {
  // The first one leads whenever it can, since this script has to run where the leader is.
  const members = process.env.MEMBERS.split(",").map((host, _id) => ({ _id, host, priority: _id === 0 ? 2 : 1 }));
  db.adminCommand({ replSetInitiate: { _id: "mongodb", members } }); // throws until every member is there
  print("replica set made");
}

if (!db.hello().isWritablePrimary) {
  print("waiting to lead the replica set");
  quit(1);
}

try {
  db.auth("admin", secret("admin_password"));
} catch {
  // nobody is there yet, and then MongoDB lets somebody on the same machine make the first user
  db.createUser({ user: "admin", pwd: secret("admin_password"), roles: ["root"] });
  db.auth("admin", secret("admin_password"));
  print("user admin made");
}

const databases = { auth: ["auth"], chat: ["chat"], backup: ["auth", "chat"] };
for (const [name, own] of Object.entries(databases)) {
  const command = db.getUser(name) ? "updateUser" : "createUser";
  const roles = own.map((database) => ({ role: "readWrite", db: database }));
  db.runCommand({ [command]: name, pwd: secret(`${name}_password`), roles });
  print(`${command} ${name}: done`);
}
