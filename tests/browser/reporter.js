// Ends with one line for scripts to read: "browser: 12 passed, 0 failed". A skipped test is neither.

export default async function* report(events) {
  let passed = 0;
  let failed = 0;
  for await (const { type, data } of events) {
    const isTest = data?.details?.type !== "suite" && data?.nesting !== undefined;
    if (type === "test:pass" && isTest && data.skip === undefined) {
      passed += 1;
      yield `ok   ${data.name} (${Math.round(data.details.duration_ms)} ms)\n`;
    } else if (type === "test:fail" && isTest) {
      failed += 1;
      const error = data.details.error?.cause ?? data.details.error;
      yield `FAIL ${data.name}\n${error?.stack ?? error}\n`;
    } else if (type === "test:stdout" || type === "test:stderr") {
      yield data.message;
    }
  }
  yield `browser: ${passed} passed, ${failed} failed\n`;
}
