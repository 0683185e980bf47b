// Each process opens the vault for itself: PM2 keeps the key, and the values are in no file of its own.
module.exports = {
  apps: [{ name: "app", script: "server.js", node_args: "-r envseal/config", instances: 2, exec_mode: "cluster" }],
};
