test("the vault's values are there", () => {
  expect(process.env.GREETING).toBeTruthy();
  expect(process.env.ENVSEAL_KEY).toBeUndefined();
});
