import { Kbd } from '@mantine/core';
import { Dialog } from '../components/dialog.tsx';

const groups: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    'Everywhere',
    [
      ['Ctrl+F', 'Search machines'],
      ['Ctrl+N', 'New machine'],
      ['Ctrl+J', 'Jobs'],
      ['Ctrl+1 … 3', 'Console, Details, XML'],
      ['Ctrl+Alt+S, D, P', 'Start, shut down, pause or resume the machine that is shown'],
      ['Enter, Esc', 'In a form: apply, cancel after a question'],
      ['Ctrl+,', 'Settings'],
      ['F6, Shift+F6', 'Next, previous region'],
      ['Shift+F10', 'Menu of the machine that has the focus'],
      ['F2', 'Rename it, while it is shut off'],
      ['Delete', 'Delete it, after a question'],
    ],
  ],
  [
    'In the serial console',
    [
      ['Ctrl+Shift+C', 'Copy'],
      ['Ctrl+Shift+V', 'Paste'],
      ['Ctrl+Shift+F', 'Search'],
      ['Ctrl+Plus, Minus, 0', 'Size of the letters'],
      ['Shift+PageUp', 'Scroll back'],
      ['Ctrl+Shift+F6', 'Leave the terminal'],
    ],
  ],
];

/** The keys of the window. */
export function ShortcutsDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog onClose={onClose} title="Keys" size={480}>
      {groups.map(([title, keys]) => (
        <section key={title} style={{ marginBottom: 16 }}>
          <h3 style={{ marginBottom: 6 }}>{title}</h3>
          <table className="table">
            <tbody>
              {keys.map(([key, what]) => (
                <tr key={key}>
                  <th scope="row" style={{ width: 180 }}>
                    <Kbd>{key}</Kbd>
                  </th>
                  <td>{what}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ))}
    </Dialog>
  );
}
