import { useEffect, type RefObject } from 'react';
import { create } from 'zustand';

/** The field that the next form shown is to begin at: whoever leads to a form sets it. */
const useWish = create<{ readonly field: string | undefined }>()(() => ({ field: undefined }));

/** Has the form that is gone to (or is there already) begin at this field. @param field its id among the form's fields */
export function wishField(field: string): void {
  return useWish.setState({ field });
}

/** Focuses the field that was wished for, once it is there. */
export function useFieldWish(box: RefObject<HTMLElement | null>): void {
  const field = useWish((state) => state.field);
  // After each render: a form comes with its XML, and not at once.
  useEffect(() => {
    if (field === undefined) return;
    const found = box.current?.querySelector<HTMLElement>(`[data-field="${CSS.escape(field)}"]`);
    if (!found) return;
    useWish.setState({ field: undefined });
    found.focus();
    if (found instanceof HTMLInputElement) found.select();
  });
}
