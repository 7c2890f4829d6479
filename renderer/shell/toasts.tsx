import { notifications, Notifications, useNotifications } from '@mantine/notifications';
import { useEffect } from 'react';

/**
 * Notices of what was done: over the lower end of the navigation, never over what one decides by. A newer one takes the place of the one
 * before, and each goes after 6 s unless it is hovered.
 */
export function Toasts() {
  const { notifications: shown } = useNotifications();
  useEffect(() => {
    for (const { id } of shown.slice(0, -1)) if (id !== undefined) notifications.hide(id);
  }, [shown]);
  return <Notifications position="bottom-left" limit={3} autoClose={6000} className="toasts" />;
}
