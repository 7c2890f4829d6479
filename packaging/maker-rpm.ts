import path from 'node:path';
import { MakerBase, type MakerOptions } from '@electron-forge/maker-base';
import type { ForgePlatform } from '@electron-forge/shared-types';

/** Options of electron-installer-redhat that we set. */
export interface MakerRpmConfig {
  readonly options: Readonly<Record<string, unknown>>;
}

/** What rpm calls the processors that Node names. */
const architectures: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

interface Installer {
  default(options: object): Promise<{ readonly packagePaths: string[] }>;
}

/** Forge 8 has no rpm maker; the installer beneath the old one does the work. Needs `rpmbuild`. */
export class MakerRpm extends MakerBase<MakerRpmConfig> {
  override name = 'rpm';
  override defaultPlatforms: ForgePlatform[] = ['linux'];
  override requiredExternalBinaries = ['rpmbuild'];

  override isSupportedOnCurrentPlatform(): boolean {
    return this.isInstalled('electron-installer-redhat');
  }

  override async make({ dir, makeDir, targetArch }: MakerOptions): Promise<string[]> {
    // The installer has no types of its own.
    const installer = (await import('electron-installer-redhat' as string)) as Installer;
    const dest = path.resolve(makeDir, 'rpm', targetArch);
    await this.ensureDirectory(dest);
    const made = await installer.default({
      ...this.config,
      arch: architectures[targetArch] ?? targetArch,
      src: dir,
      dest,
      rename: undefined,
    });
    return made.packagePaths;
  }
}
