// Cluster mode: PM2 starts node in the folder of its daemon, where a preload would open another app's vault (envseal refuses
// to). It goes to the app's folder before it runs the script, so the script opens the vault.
module.exports = {
  apps: [{ name: "app", cwd: __dirname, script: "clustered.js", exec_mode: "cluster", instances: 2 }],
};
