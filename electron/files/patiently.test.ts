import { describe, expect, it } from 'vitest';
import { mayPass, patiently } from './patiently.ts';

const systemError = (code: string) => Object.assign(new Error(`${code}: no`), { code });

describe('patiently', () => {
  it.each(['EMFILE', 'ENFILE', 'EIO', 'ENOMEM', 'EACCES', 'EAGAIN'])('asks again after %s', async (code) => {
    let asked = 0;
    const ask = () => {
      asked += 1;
      return asked < 3 ? Promise.reject(systemError(code)) : Promise.resolve('there');
    };
    await expect(patiently(ask)).resolves.toBe('there');
    expect(asked).toBe(3);
  });

  it('takes what stays at its word, and an error of ours too', async () => {
    for (const error of [systemError('ENOENT'), systemError('ERR_INVALID_ARG_TYPE'), new Error('a defect')]) {
      let asked = 0;
      const ask = () => {
        asked += 1;
        return Promise.reject(error);
      };
      await expect(patiently(ask)).rejects.toBe(error);
      expect(asked).toBe(1);
    }
  });

  it('gives up in the end with what the system said', async () => {
    const error = systemError('EIO');
    await expect(patiently(() => Promise.reject(error))).rejects.toBe(error);
    expect(mayPass(error)).toBe(true);
  });
});
