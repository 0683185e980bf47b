/** Events that only tell: they never stop anything. */
export const TELLING = ["post-merge", "post-checkout", "post-rewrite"] as const;

/** Events that stop what they find. */
export const STOPPING = ["pre-commit", "pre-merge-commit", "prepare-commit-msg", "commit-msg", "pre-push"] as const;

/** Events that are armed in a clone. */
export const EVENTS = [...STOPPING, ...TELLING.filter((event) => event !== "post-rewrite")];

/** Events that are armed on a server (templates/pre-receive), or by `hooks install --strict`. */
export const FURTHER = ["pre-receive", "reference-transaction"] as const;

export type StoppingEvent = (typeof STOPPING)[number] | (typeof FURTHER)[number];
