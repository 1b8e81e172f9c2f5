/** Names of databases and queues made by tests: `<prefix><seconds since 1970>_<random>`, so that leftovers can be told by age. */
const TEST_NAME = /^nave_test_(\d+)_/;

export function testName(): string {
  return `nave_test_${Math.floor(Date.now() / 1000)}_${crypto.randomUUID().slice(0, 8)}`;
}

/** Older than an hour: its test run is over, however it ended. */
export function isLeftover(name: string): boolean {
  const seconds = TEST_NAME.exec(name)?.[1];
  return seconds !== undefined && Date.now() / 1000 - Number(seconds) > 3_600;
}
