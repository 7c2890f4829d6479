import { contextBridge, ipcRenderer } from 'electron';
import { bridgeName, portChannel, portMessageType, type DesktopBridge, type PortMessage } from '../shared/desktop-bridge.ts';

/**
 * All that the page can reach: a way to ask for its connection. One end of a fresh channel goes to the main process, the
 * other to the page; what they say to each other is the API's contract, validated at both ends.
 */
const bridge: DesktopBridge = {
  kind: 'electron',
  platform: process.platform,
  connect: (nonce) => {
    if (typeof nonce !== 'string' || nonce.length < 1 || nonce.length > 100) throw new TypeError('nonce: 1 to 100 characters');
    const { port1, port2 } = new MessageChannel();
    ipcRenderer.postMessage(portChannel, null, [port1]);
    window.postMessage({ type: portMessageType, nonce } satisfies PortMessage, window.location.origin, [port2]);
  },
};

contextBridge.exposeInMainWorld(bridgeName, bridge);
