import { describe, expect, it } from 'vitest';
import { pendingCount } from './pending-count.ts';

const domain = (inner: string, devices = '') => `<domain type='kvm'>${inner}<devices>${devices}</devices></domain>`;

describe('pendingCount', () => {
  it('counts each part and each device once', () => {
    const live = domain(
      `<vcpu>2</vcpu><os><type machine='pc-q35-10.0'>hvm</type><boot dev='hd'/></os>`,
      `<video><model type='vga'/></video>`,
    );
    const stored = domain(
      `<vcpu>4</vcpu><os><type machine='q35'>hvm</type><boot dev='network'/></os>`,
      `<video><model type='virtio'/></video><rng model='virtio'/>`,
    );
    expect(pendingCount(stored, live)).toBe(4);
  });

  it('takes no difference of spelling for a change', () => {
    const live = domain(
      `<memory unit='KiB'>1048576</memory><os><type machine='pc-q35-10.0'>hvm</type></os>`,
      `<rng model='virtio'><alias name='rng0'/></rng>`,
    );
    const stored = domain(`<memory unit='GiB'>1</memory><os><type machine='q35'>hvm</type></os>`, `<rng model='virtio'/>`);
    expect(pendingCount(stored, live)).toBe(0);
  });

  it('counts another amount of memory', () => {
    expect(pendingCount(domain(`<memory unit='MiB'>512</memory>`), domain(`<memory>1048576</memory>`))).toBe(1);
  });
});
