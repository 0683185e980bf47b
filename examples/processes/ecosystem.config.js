// Fork mode: PM2 starts node, and the preload with it, in the app's own folder, after `pm2 resurrect` too.
module.exports = {
  apps: [{ name: "app", cwd: __dirname, script: "server.js", node_args: "-r envseal/config", exec_mode: "fork" }],
};
