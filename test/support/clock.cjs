/** Put before the program with `node --require`: its clock is CLOCK_DAYS off. */
const offset = Number(process.env.CLOCK_DAYS) * 86_400_000;
delete process.env.CLOCK_DAYS;
const Real = Date;
globalThis.Date = class extends Real {
  constructor(...args) {
    super(...(args.length === 0 ? [Real.now() + offset] : args));
  }

  static now() {
    return Real.now() + offset;
  }
};
