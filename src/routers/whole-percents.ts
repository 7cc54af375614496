/** The weights that routers take. */

/** @throws RangeError for anything but a whole number from 0 to 100 */
export function assertPercent(router: string, weight: number): void {
  if (!Number.isInteger(weight) || weight < 0 || weight > 100)
    throw new RangeError(`${router} routes whole percents from 0 to 100, not ${weight}`);
}
