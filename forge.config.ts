import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { MakerDeb } from '@electron-forge/maker-deb';
import { MakerZIP } from '@electron-forge/maker-zip';
import { FusesPlugin } from '@electron-forge/plugin-fuses';
import type { ForgeConfig } from '@electron-forge/shared-types';
import { FuseV1Options, FuseVersion } from '@electron/fuses';
import { MakerRpm } from './packaging/maker-rpm.ts';
import { ensureBuild } from './scripts/lib/build.mjs';
import { ensureNativePrograms } from './scripts/lib/native.mjs';

const at = (...parts: string[]) => path.join(import.meta.dirname, ...parts);

/** The two C programs, alone in a folder: build/native/ holds test builds too. */
const native = at('build/package/native');

/** What a package holds of the checkout: the build, and who it is. */
const packed = /^\/(dist(\/(main|preload|renderer|host)(\/.*)?)?|package\.json)$/;

const description = 'Create, run and look into virtual machines';
const scripts = { postinst: 'packaging/postinst', postrm: 'packaging/postrm' };
// The installers take a file per size, Forge's type knows one file only.
const icons: object = { icon: { scalable: 'renderer/public/icon.svg' } };

const config: ForgeConfig = {
  // Where the packages go: `out/`, or the folder of a test.
  ...(process.env['TAPESTRY_PACKAGES'] === undefined ? {} : { outDir: process.env['TAPESTRY_PACKAGES'] }),
  packagerConfig: {
    asar: true,
    executableName: 'tapestry',
    ignore: (file: string) => file !== '' && !packed.test(file),
    extraResource: [native, 'net-helper/net-helper.conf', 'net-helper/70-tapestry-macvtap.rules', 'packaging/tapestry.apparmor'],
    ...(process.env['ELECTRON_ZIP_DIR'] === undefined ? {} : { electronZipDir: process.env['ELECTRON_ZIP_DIR'] }),
  },
  hooks: {
    generateAssets: async () => {
      ensureNativePrograms();
      ensureBuild();
      for (const file of ['main/main.js', 'preload/preload.cjs', 'renderer/index.html', 'host/cli.js']) {
        if (!existsSync(at('dist', file))) throw new Error(`the build made no dist/${file}`);
      }
      await rm(native, { recursive: true, force: true });
      await mkdir(native, { recursive: true });
      for (const program of ['tapestry-net-helper', 'tapestry-serial-recorder']) {
        await copyFile(at('build/native', program), path.join(native, program));
      }
    },
  },
  makers: [
    new MakerZIP({}, ['linux']),
    new MakerDeb({
      options: {
        name: 'tapestry',
        bin: 'tapestry',
        productName: 'Tapestry',
        genericName: 'Virtual Machine Manager',
        productDescription: description,
        maintainer: 'The Tapestry developers <developers@tapestry.invalid>',
        section: 'admin',
        // Added to what Electron itself needs.
        depends: ['qemu-system-x86', 'qemu-utils', 'libcap2-bin', 'iproute2', 'xz-utils'],
        recommends: ['ovmf', 'swtpm', 'passt'],
        scripts,
        ...icons,
        desktopTemplate: at('packaging/tapestry.desktop'),
      },
    }),
    new MakerRpm({
      options: {
        name: 'tapestry',
        bin: 'tapestry',
        productName: 'Tapestry',
        description,
        license: 'MIT',
        requires: ['qemu-kvm', 'qemu-img', 'libcap', 'iproute', 'xz'],
        scripts: { post: scripts.postinst, postun: scripts.postrm },
        ...icons,
        desktopTemplate: at('packaging/tapestry.desktop'),
      },
    }),
  ],
  plugins: [
    // Every fuse that hardens is named, so that a new default can't change one silently.
    new FusesPlugin({
      version: FuseVersion.V1,
      [FuseV1Options.RunAsNode]: false,
      [FuseV1Options.EnableCookieEncryption]: true,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
      [FuseV1Options.EnableNodeCliInspectArguments]: false,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
      [FuseV1Options.OnlyLoadAppFromAsar]: true,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
    }),
  ],
};

export default config;
