const green = '\u001b[32m';
const bold = '\u001b[1m';
const off = '\u001b[0m';

/** What a small Linux prints on its serial port. */
export const bootLog = [
  '[    0.000000] Linux version 6.12.48 (gcc 14.2.0) #1 SMP PREEMPT_DYNAMIC',
  '[    1.812903] virtio_net virtio0 enp1s0: renamed from eth0',
  '[    2.038117] EXT4-fs (vda1): mounted filesystem r/w with ordered data mode.',
  ...['Network Configuration', 'OpenSSH server', 'Multi-User System'].map((unit) => `[  ${green}OK${off}  ] Started ${bold}${unit}${off}.`),
  '',
  'Tapestry demo, ttyS0',
  '',
  'web-01 login: root',
  `${bold}${green}root@web-01${off}:~# `,
].join('\r\n');
