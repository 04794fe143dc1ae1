/* Numbers as people read them. */

export function bytes(n) {
  if (n < 1000) {
    return `${n} B`;
  }
  const kib = n / 1024;
  return kib < 1000 ? `${kib.toFixed(kib < 10 ? 1 : 0)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
}

export function milliseconds(t) {
  return `${t.toFixed(t < 10 && t >= 0.05 ? 1 : 0)} ms`;
}

export function hours(minutes) {
  const whole = Math.floor(minutes / 60);
  const rest = Math.round(minutes % 60);
  return whole > 0 ? `${whole} h ${String(rest).padStart(2, "0")} min` : `${rest} min`;
}
