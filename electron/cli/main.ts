import { enableCompileCache } from 'node:module';
import { compileCacheDirectory } from './compile-cache.ts';
import { closeToOthers } from './umask.ts';

closeToOthers();

// Compiling the commands takes longer than most of them run: what V8 made of them is kept for the next call. Only what is imported
// after this is kept, hence nothing else here. Where it can't be kept, Node says so by its answer and everything works the same.
const directory = compileCacheDirectory();
if (directory !== undefined) enableCompileCache(directory);
await import('./run-command-line.ts');
