import { PropertyMap, PropertyValue } from "../provider";
import { isMap } from "../properties";

/** The parts of a value that the shape has too: of a live object, what a program's inputs speak of. */
export function pruneTo(value: PropertyMap, shape: PropertyMap): PropertyMap {
    return Object.fromEntries(
        Object.entries(value)
            .filter(([key]) => shape[key] !== undefined)
            .map(([key, element]) => [key, pruneValue(element, shape[key])]),
    );
}

function pruneValue(
    value: PropertyValue | undefined,
    shape: PropertyValue | undefined,
): PropertyValue | undefined {
    if (isMap(value) && isMap(shape)) {
        return pruneTo(value, shape);
    }
    if (Array.isArray(value) && Array.isArray(shape)) {
        return pruneList(value, shape);
    }
    return value;
}

/** Elements beyond the shape's are cut off; a list of another type of element is kept whole. */
function pruneList(value: PropertyValue[], shape: PropertyValue[]): PropertyValue[] {
    if (shape.length > 0 && value.length > 0 && typeof shape[0] !== typeof value[0]) {
        return value;
    }
    return shape.slice(0, value.length).map((element, index) => pruneValue(value[index], element) ?? null);
}
