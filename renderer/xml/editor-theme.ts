import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** The editor in the window's tokens, so that it follows light and dark by itself. */
export const editorTheme = [
  EditorView.theme({
    '&': { height: '100%', backgroundColor: 'var(--tp-surface)', color: 'var(--tp-text)', fontSize: '0.75rem' },
    '&.cm-focused': { outline: 'none' },
    '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.5', fontVariantLigatures: 'none' },
    '.cm-gutters': { backgroundColor: 'var(--tp-panel)', color: 'var(--tp-dim)', borderRight: '1px solid var(--tp-line)' },
    '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--tp-hover) 50%, transparent)' },
    '.cm-activeLineGutter': { backgroundColor: 'var(--tp-hover)' },
    '.cm-cursor': { borderLeftColor: 'var(--tp-accent)' },
    '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
      backgroundColor: 'var(--tp-accent-soft)',
    },
    '.cm-panels': { backgroundColor: 'var(--tp-panel)', color: 'var(--tp-text)' },
    '.cm-panels-top': { borderBottom: '1px solid var(--tp-line)' },
    '.cm-panels-bottom': { borderTop: '1px solid var(--tp-line)' },
    '.cm-panel.cm-search': { padding: '6px 30px 6px 10px', fontSize: '0.8125rem' },
    '.cm-panel.cm-search :is(input, button, label)': { fontFamily: 'var(--mantine-font-family)', fontSize: '0.8125rem' },
    '.cm-panel.cm-search [name=close]': { top: '6px', right: '8px', fontSize: '1.125rem', color: 'var(--tp-dim)' },
    '.cm-textfield': {
      padding: '3px 8px',
      border: '1px solid var(--tp-line-strong)',
      borderRadius: '4px',
      backgroundColor: 'var(--tp-surface)',
    },
    '.cm-button': {
      padding: '3px 10px',
      border: '1px solid var(--tp-line-strong)',
      borderRadius: '4px',
      backgroundImage: 'none',
      backgroundColor: 'var(--tp-raised)',
      color: 'var(--tp-text)',
    },
    '.cm-button:hover': { backgroundColor: 'var(--tp-hover)' },
    '.cm-tooltip': { backgroundColor: 'var(--tp-raised)', color: 'var(--tp-text)', border: '1px solid var(--tp-line)' },
    '.cm-diagnostic-error': { borderLeftColor: 'var(--tp-danger)' },
    '.cm-diagnostic-warning': { borderLeftColor: 'var(--tp-paused)' },
    '.cm-changedLine': { backgroundColor: 'var(--tp-changed-soft) !important' },
    '.cm-deletedChunk': { backgroundColor: 'var(--tp-danger-soft) !important' },
    '&.cm-merge-b .cm-changedText, .cm-changedText': { background: 'color-mix(in srgb, var(--tp-accent) 22%, transparent) !important' },
    '.cm-deletedText': { background: 'color-mix(in srgb, var(--tp-danger) 22%, transparent) !important' },
    '.cm-insertedLine': { backgroundColor: 'var(--tp-changed-soft) !important' },
    '.cm-collapsedLines': { background: 'var(--tp-sunken)', color: 'var(--tp-dim)' },
    '.cm-collapsedLines::before, .cm-collapsedLines::after': { content: "'…'" },
    '.cm-changedLineGutter, &.cm-merge-b .cm-changedLineGutter': { background: 'var(--tp-accent)' },
    '.cm-deletedLineGutter': { background: 'var(--tp-danger)' },
  }),
  syntaxHighlighting(
    HighlightStyle.define([
      { tag: [tags.tagName, tags.typeName], color: 'var(--tp-text)', fontWeight: '500' },
      { tag: [tags.attributeName, tags.angleBracket, tags.definitionOperator], color: 'var(--tp-dim)' },
      { tag: [tags.attributeValue, tags.string], color: 'var(--tp-xml-value)' },
      { tag: tags.comment, color: 'var(--tp-off)', fontStyle: 'italic' },
      { tag: tags.content, color: 'var(--tp-xml-value)' },
      { tag: tags.invalid, color: 'var(--tp-danger)' },
    ]),
  ),
];
