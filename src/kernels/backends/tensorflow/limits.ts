/** Up to so many elements, copying a tensor out and in costs less than running ops on it. */
export const SMALL = 2 ** 18;
