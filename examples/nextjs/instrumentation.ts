// The standalone server and functions read no next.config: here they open the vault, before any route is loaded.
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === "nodejs") (await import("envseal/next")).register();
}
