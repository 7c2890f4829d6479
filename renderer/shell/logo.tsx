/** The mark: threads that cross. */
export function Logo() {
  return (
    <svg width="18" height="18" viewBox="0 0 20 20" aria-hidden>
      <rect width="20" height="20" rx="4" fill="var(--mantine-color-mulberry-7)" />
      <path d="M7 4.5v11M13 4.5v11M4.5 7.5h11M4.5 12.5h11" stroke="#fff" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}
