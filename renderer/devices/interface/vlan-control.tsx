import { TextInput } from '@mantine/core';
import { childElements, firstChild, type XmlElement } from '../../../shared/domain-xml/xml/nodes.ts';
import { pathOf } from '../../../shared/domain-xml/xml/path.ts';
import type { CustomControlProps } from '../../forms/field-spec.ts';
import { editElement, readPlace, replaceElement } from '../../xml/edits.ts';

const tagsOf = (element: XmlElement): readonly XmlElement[] => {
  const vlan = firstChild(element, 'vlan');
  return vlan ? childElements(vlan, 'tag') : [];
};

/** The VLAN tags of a NIC as they are typed: `10` or `10,20`; '' without any. */
export function vlanTags(element: XmlElement): string {
  return tagsOf(element)
    .map((tag) => readPlace(tag, '@id') ?? '')
    .join(',');
}

/**
 * A definition with other VLAN tags on one NIC; a tag that stays keeps what else it says. Pure.
 * @param path of the NIC; `text` is of the definition, `tags` what was typed
 */
export function withVlanTags(text: string, path: string, element: XmlElement, tags: string): string {
  const plain = (value: string) => value.replace(/[^\w.-]/g, '');
  if (tags === '') return editElement(text, path, [{ place: 'vlan', value: undefined }]);
  const native = tagsOf(element).find((tag) => readPlace(tag, '@nativeMode') !== undefined);
  const lines = tags.split(',').map((tag) => {
    const mode = native && readPlace(native, '@id') === tag ? readPlace(native, '@nativeMode') : undefined;
    return `  <tag id='${plain(tag)}'${mode === undefined ? '' : ` nativeMode='${mode}'`}/>`;
  });
  const trunk = readPlace(element, 'vlan/@trunk');
  const made = editElement(text, path, [{ place: 'vlan/tag/@id', value: '0' }]);
  return replaceElement(made, `${path}/vlan`, `<vlan${trunk === undefined ? '' : ` trunk='${trunk}'`}>\n${lines.join('\n')}\n</vlan>`);
}

/** VLAN tags with commas between them. */
export function VlanControl({ field, context, control, readOnly }: CustomControlProps) {
  const { document, element } = context;
  return (
    <TextInput
      {...control}
      data-field={field.id}
      w={160}
      readOnly={readOnly}
      placeholder="untagged"
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.75rem' } }}
      value={field.read(element)}
      onChange={(event) =>
        context.setText(withVlanTags(document.text, pathOf(element), element, event.currentTarget.value.replaceAll(' ', '')))
      }
    />
  );
}
