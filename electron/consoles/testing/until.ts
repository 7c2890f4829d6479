/** What ends a wait that would never end, s: below the runner's own limit, so that the words say what was waited for. */
const patience = 170;

/** Waits until a condition holds, looking every 10 ms. @throws Error after {@link patience} (a bound against hanging, not a measurement) */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + patience * 1000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${patience} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
