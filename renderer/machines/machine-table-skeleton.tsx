import { useEffect, useState } from 'react';

/** The table before the first news: nothing for 150 ms, then its real columns with dim bars. */
export function MachineTableSkeleton() {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="machine-table-box" aria-busy="true" aria-label="Machines are loading">
      {shown &&
        [0, 1, 2, 3].map((row) => (
          <div key={row} className="skeleton-row">
            <span className="bar-dim" />
            <span className="bar-dim" />
            <span className="bar-dim" />
          </div>
        ))}
    </div>
  );
}
