/** The editor of definitions, as forms use it: by places below an element. */
export {
  editElement,
  elementText,
  insertDevice,
  readPlace,
  removeElement,
  replaceElement,
  type Change,
} from '../../shared/domain-xml/edit/places.ts';
