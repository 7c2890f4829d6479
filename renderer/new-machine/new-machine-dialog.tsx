export function NewMachineDialog() {
  return null;
}
