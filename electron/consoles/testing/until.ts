/** Waits until a condition holds, looking every 10 ms. @throws Error after `seconds` (a bound against hanging, not a measurement) */
export const until = async (what: string, condition: () => boolean | Promise<boolean>, seconds = 60): Promise<void> => {
  const end = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
