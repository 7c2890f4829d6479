import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import { createRoot } from 'react-dom/client';
import { openLink } from './api.ts';
import { App } from './app.tsx';
import { connectToHost } from './connect.ts';
import { followNewAddress } from './new-address.ts';
import { reloadUnasked } from './route.ts';
import { startServices } from './state/services.ts';

followNewAddress(() => reloadUnasked());
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(<App services={startServices(openLink(connectToHost))} />);
