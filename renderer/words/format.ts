/** Sizes, rates and times as people read them. Units are binary for memory and disks, decimal bits for the network. */

const plain = (value: number): string => (value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1));

/** KiB as MiB, GiB or TiB: `512 MiB`, `1.5 GiB`. */
export function formatKiB(kib: number): string {
  if (kib >= 1024 ** 3) return `${plain(kib / 1024 ** 3)} TiB`;
  if (kib >= 1024 ** 2) return `${plain(kib / 1024 ** 2)} GiB`;
  return `${plain(kib / 1024)} MiB`;
}

/** Bytes as B, KiB, MiB, GiB or TiB. */
export function formatBytes(bytes: number): string {
  return bytes < 1024 ? `${bytes.toFixed(0)} B` : bytes < 1024 ** 2 ? `${plain(bytes / 1024)} KiB` : formatKiB(bytes / 1024);
}

/** Bytes per second as bit/s, kbit/s, Mbit/s or Gbit/s, as networks are spoken of. */
export function formatBitRate(bytesPerSecond: number): string {
  const bits = bytesPerSecond * 8;
  if (bits >= 1e9) return `${plain(bits / 1e9)} Gbit/s`;
  if (bits >= 1e6) return `${plain(bits / 1e6)} Mbit/s`;
  if (bits >= 1e3) return `${plain(bits / 1e3)} kbit/s`;
  return `${bits.toFixed(0)} bit/s`;
}

/** A span in ms in its two largest units: `41 min`, `3 h 12 min`, `6 d 4 h`; below a minute in seconds. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${String(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${String(hours)} h` : `${String(hours)} h ${String(minutes % 60)} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${String(days)} d` : `${String(days)} d ${String(hours % 24)} h`;
}

const two = (n: number): string => String(n).padStart(2, '0');

/** Clock time of the reader's zone, `13:58:02`; with the date in front when it isn't today's. */
export function formatClock(at: number, now = Date.now()): string {
  const date = new Date(at);
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const today = new Date(now);
  const sameDay = date.toDateString() === today.toDateString();
  return sameDay ? clock : `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}`;
}

/** `1 machine`, `3 machines`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${String(n)} ${n === 1 ? one : many}`;
}
