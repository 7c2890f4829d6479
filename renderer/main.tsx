import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import { createRoot } from 'react-dom/client';
import { openLink } from './link/api.ts';
import { App } from './app.tsx';
import { connectToHost } from './link/connect.ts';
import { followNewAddress } from './link/new-address.ts';
import { reloadUnasked } from './state/route.ts';
import { startServices } from './state/services.ts';

followNewAddress(() => reloadUnasked());
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(<App services={startServices(openLink(connectToHost))} />);
