/** Signals that end a process, and that leave it time to put things in order. */
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/** False where the signal is not for us, such as a Ctrl-C in an editor. */
type Cleanup = (signal: NodeJS.Signals) => void | false;

const cleanups: Cleanup[] = [];

/**
 * Until what is returned is called, a signal runs `cleanup` before it ends the process, as if nobody had caught it. What is
 * written without a pause is finished first: no signal cuts it in two.
 */
export function beforeSignal(cleanup: Cleanup): () => void {
  if (cleanups.length === 0) for (const signal of ENDING) process.on(signal, die);
  cleanups.push(cleanup);
  return () => {
    const at = cleanups.lastIndexOf(cleanup);
    if (at !== -1) cleanups.splice(at, 1);
    if (cleanups.length === 0) release();
  };
}

/** For a write without a pause: a signal that comes meanwhile neither cuts it in two nor leaves what it began. */
export function untilWritten(): () => void {
  return beforeSignal(() => {});
}

function release(): void {
  for (const signal of ENDING) process.off(signal, die);
}

function die(signal: NodeJS.Signals): void {
  for (const cleanup of [...cleanups].reverse()) {
    try {
      if (cleanup(signal) === false) return;
    } catch {
      // The next one is still to run, and the signal to be obeyed.
    }
  }
  release();
  process.kill(process.pid, signal);
}
