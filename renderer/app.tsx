import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@xterm/xterm/css/xterm.css';
import './theme/base.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { Shell } from './shell/shell.tsx';
import { Toasts } from './shell/toasts.tsx';
import { ServicesProvider, type Services } from './state/services.ts';
import { theme } from './theme/theme.ts';
import { cssVariables } from './theme/variables.ts';

const schemes = localStorageColorSchemeManager({ key: 'tapestry.color-scheme' });

/** The whole window. `still` turns animations off (tests). */
export function App({ services, still = false }: { readonly services: Services; readonly still?: boolean }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      colorSchemeManager={schemes}
      // A browser without layout has no use for the theme's sheets, and would look through them at each question for a role.
      {...(still ? { env: 'test' as const, withCssVariables: false, withGlobalClasses: false } : {})}
    >
      <QueryClientProvider client={services.queries}>
        <ServicesProvider value={services}>
          <Toasts />
          <Shell />
        </ServicesProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
