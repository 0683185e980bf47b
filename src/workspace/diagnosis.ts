/** One thing that `doctor` looked at. */
export interface Check {
  name: string;
  ok: boolean;
  detail: string;
  /** What to do about it. */
  fix?: string;
}

export const passed = (name: string, detail: string): Check => ({ name, ok: true, detail });
export const failed = (name: string, detail: string, fix: string): Check => ({ name, ok: false, detail, fix });
