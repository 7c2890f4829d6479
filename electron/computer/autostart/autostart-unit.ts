import { execFile } from 'node:child_process';
import { lstat, mkdir, readFile, readlink, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { TapestryError } from '../../../shared/errors.ts';
import { SerialQueue } from '../../../shared/serial-queue.ts';
import { syncDirectory, writeFileAtomically } from '../../files/atomic-file.ts';
import { fileError } from '../../files/file-errors.ts';
import { findProgram } from '../../processes/find-program.ts';
import { errnoOf, isMissing, isReachable } from '../../files/if-there.ts';
import { userName } from '../../processes/user-name.ts';
import type { Paths } from '../paths.ts';
import { autostartCommand } from './autostart-command.ts';
import type { AutostartFacts } from './autostart-facts.ts';
import { isOurUnit, unitName, unitText } from './unit-text.ts';

/** Where the unit goes and what it is made of. */
export interface AutostartUnitOptions {
  /** The user's own units: `$XDG_CONFIG_HOME/systemd/user` (systemd.unit(5)). */
  readonly directory: string;
  /** Directory of the login (XDG_RUNTIME_DIR), where the user's manager has its socket. */
  readonly login: string;
  /** See `UnitWords`. */
  readonly environment: Readonly<Record<string, string>>;
  /** See {@link autostartCommand}. */
  readonly command: () => Promise<readonly string[] | undefined>;
  /** Default: this process's own. */
  readonly user?: string;
  /** Default: PATH. */
  readonly searchPath?: string;
  /** Where /run and /var are; for tests. */
  readonly root?: string;
}

/** How long systemctl may take, ms. A manager that hangs must not hold up a switch. */
const reloadLimit = 10_000;

/**
 * Tapestry's user unit: starts the marked machines when the user's manager begins. It is there while any machine is marked, and only its own
 * files are ever changed or removed.
 */
export class AutostartUnit {
  readonly #options: AutostartUnitOptions;
  readonly #file: string;
  readonly #link: string;
  readonly #work = new SerialQueue();

  constructor(options: AutostartUnitOptions) {
    this.#options = options;
    this.#file = path.join(options.directory, unitName);
    this.#link = path.join(options.directory, 'default.target.wants', unitName);
  }

  /** The unit of the user whom these directories belong to. */
  static of({ config, state, cache, images, runtime }: Paths): AutostartUnit {
    return new AutostartUnit({
      directory: path.join(path.dirname(config), 'systemd/user'),
      login: path.dirname(runtime),
      environment: {
        XDG_CONFIG_HOME: path.dirname(config),
        XDG_STATE_HOME: path.dirname(state),
        XDG_CACHE_HOME: path.dirname(cache),
        XDG_DATA_HOME: path.dirname(path.dirname(images)),
      },
      command: autostartCommand,
    });
  }

  /** What there is now. @throws TapestryError `io` when it can't be looked at */
  async look(): Promise<AutostartFacts> {
    const { user = userName(), root = '/' } = this.#options;
    const text = await this.#text();
    const [found, enabled, systemd, lingering] = await Promise.all([
      this.#unit(),
      this.#isEnabled(),
      isReachable(path.join(root, 'run/systemd/system')),
      isReachable(path.join(root, 'var/lib/systemd/linger', user)),
    ]);
    const unit = found === undefined ? 'missing' : found === 'foreign' ? 'foreign' : found.text === text ? 'current' : 'stale';
    return { file: this.#file, unit, enabled, command: text !== undefined, systemd, lingering, user };
  }

  /**
   * Brings the unit in line with the marks.
   *
   * @param marked is any machine marked?
   * @param asked was a machine just marked? Then a unit that the user has disabled is enabled again.
   * @throws TapestryError `conflict` where something that isn't ours has the unit's name, `io`, `storage-full`
   */
  follow(marked: boolean, asked: boolean): Promise<void> {
    return this.#work.run(() => (marked ? this.#install(asked) : this.#remove()));
  }

  /** Resolves when nothing is being changed. */
  settled(): Promise<void> {
    return this.#work.idle();
  }

  async #install(asked: boolean): Promise<void> {
    const text = await this.#text();
    if (text === undefined) return; // nothing that it could run
    const found = await this.#unit();
    if (found === 'foreign') throw this.#foreign(this.#file);
    const enable = (asked || found === undefined) && !(await this.#isEnabled());
    if (found?.text === text && !enable) return;
    try {
      await mkdir(path.dirname(this.#link), { recursive: true, mode: 0o700 });
    } catch (error) {
      throw fileError(path.dirname(this.#link), 'made', error);
    }
    if (found?.text !== text) await writeFileAtomically(this.#file, text, 0o644);
    if (enable) await this.#enable();
    await this.#reload();
  }

  async #enable(): Promise<void> {
    try {
      await symlink(path.join('..', unitName), this.#link);
      await syncDirectory(path.dirname(this.#link));
    } catch (error) {
      throw errnoOf(error) === 'EEXIST' ? this.#foreign(this.#link) : fileError(this.#link, 'made', error);
    }
  }

  async #remove(): Promise<void> {
    const found = await this.#unit();
    if (found === undefined || found === 'foreign') return;
    try {
      if (await this.#isEnabled()) await rm(this.#link, { force: true });
      await rm(this.#file, { force: true });
      await syncDirectory(this.#options.directory);
    } catch (error) {
      throw fileError(this.#file, 'removed', error);
    }
    await this.#reload();
  }

  async #text(): Promise<string | undefined> {
    const argv = await this.#options.command();
    return argv === undefined ? undefined : unitText({ argv, environment: this.#options.environment });
  }

  /** The file of the unit's name. A link is somebody else's: `systemctl --user mask` makes one. */
  async #unit(): Promise<{ readonly text: string } | 'foreign' | undefined> {
    try {
      if (!(await lstat(this.#file)).isFile()) return 'foreign';
      const text = await readFile(this.#file, 'utf8');
      return isOurUnit(text) ? { text } : 'foreign';
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw fileError(this.#file, 'read', error);
    }
  }

  async #isEnabled(): Promise<boolean> {
    try {
      return path.resolve(path.dirname(this.#link), await readlink(this.#link)) === this.#file;
    } catch (error) {
      if (isMissing(error) || errnoOf(error) === 'EINVAL') return false; // EINVAL: no link (readlink(2))
      throw fileError(this.#link, 'read', error);
    }
  }

  /** Tells the user's manager, where one runs: without it the unit counts from its next start on, which is when it is needed. */
  async #reload(): Promise<void> {
    const { login, searchPath } = this.#options;
    if (!(await isReachable(path.join(login, 'systemd/private')))) return;
    const systemctl = await findProgram('systemctl', searchPath);
    if (systemctl === undefined) return;
    try {
      await promisify(execFile)(systemctl, ['--user', 'daemon-reload'], {
        timeout: reloadLimit,
        env: { ...process.env, XDG_RUNTIME_DIR: login },
      });
    } catch (error) {
      throw new TapestryError('io', 'The user’s systemd could not be told of the unit that starts marked machines.', {
        next: 'It counts from the next login on. Sooner: systemctl --user daemon-reload',
        detail: error instanceof Error ? error.message : String(error),
      });
    }
  }

  #foreign(file: string): TapestryError {
    return new TapestryError(
      'conflict',
      `${file} is not Tapestry’s and is left alone: marked machines start when a window is first opened.`,
      {
        next: 'Move it away and switch the machine’s autostart off and on again.',
      },
    );
  }
}
