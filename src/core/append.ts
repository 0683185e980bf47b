/** Adds all items to a list. `push(...items)` puts each on the stack: over some 120,000 of them end the program. */
export function append<T>(list: T[], items: Iterable<T>): void {
  for (const item of items) list.push(item);
}

/** The largest of however many numbers, and no less than `least`. */
export function largest(numbers: Iterable<number>, least = 0): number {
  let found = least;
  for (const number of numbers) if (number > found) found = number;
  return found;
}
