// One builder at a time: two commands may be started at once in one checkout.
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { at, say } from './say.mjs';

/**
 * Runs `work` while no other process of this checkout holds the lock of that name. The lock is a file that holds its owner's
 * process id, so that a killed owner's lock can be told and taken.
 * @param {string} name
 * @param {() => void} work
 */
export const withLock = (name, work) => {
  mkdirSync(at('build'), { recursive: true });
  const lock = at(`build/.${name}.lock`);
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    let told = false;
    while (!take(mine, lock)) {
      if (!told) say(`waiting for another ${name} in this checkout`);
      told = true;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
    try {
      work();
    } finally {
      rmSync(lock, { force: true });
    }
  } finally {
    rmSync(mine, { force: true });
  }
};

/** @param {string} mine @param {string} lock @returns {boolean} */
const take = (mine, lock) => {
  try {
    linkSync(mine, lock); // atomic: fails when the lock is there, and the lock is never seen empty
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    if (!alive(owner(lock))) clear(mine, lock);
    return false;
  }
};

/**
 * Takes a dead owner's lock away. Two who wait may both have seen the dead owner, and the faster one may hold the lock by now: so
 * only one at a time may clear, and looks again first. A dead owner's lock changes by nobody else's hand.
 * @param {string} mine @param {string} lock
 */
const clear = (mine, lock) => {
  const clearing = `${lock}.clearing`;
  try {
    linkSync(mine, clearing);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    if (!alive(owner(clearing))) rmSync(clearing, { force: true }); // killed in the instant that clearing takes
    return;
  }
  try {
    if (!alive(owner(lock))) rmSync(lock, { force: true });
  } finally {
    rmSync(clearing, { force: true });
  }
};

/** @param {string} lock @returns {number} 0 when it has just gone */
const owner = (lock) => {
  try {
    return Number(readFileSync(lock, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
};

/** @param {number} pid */
const alive = (pid) => {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};
