/** One thing that `doctor` looked at. */
export interface Check {
  name: string;
  ok: boolean;
  detail: string;
  /** What to do about it. */
  fix?: string;
}

export const passed = (name: string, detail: string): Check => ({ name, ok: true, detail });
/** What is wrong with a file names it mostly, and so does the check. */
export const failed = (name: string, detail: string, fix: string): Check => ({
  name,
  ok: false,
  detail: detail.startsWith(`${name}: `) ? detail.slice(name.length + 2) : detail,
  fix,
});
