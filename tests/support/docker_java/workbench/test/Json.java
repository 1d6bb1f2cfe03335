package workbench.test;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON text to maps, lists, strings, numbers, booleans and back. */
final class Json {
    private final String text;
    private int place;

    Json(String text) {
        this.text = text;
    }

    Object read() {
        switch (peek()) {
            case '{':
                return readMap();
            case '[':
                return readList();
            case '"':
                return readString();
            default:
                return readWord();
        }
    }

    private char peek() {
        while (Character.isWhitespace(text.charAt(place))) {
            place++;
        }
        return text.charAt(place);
    }

    /** Whether another element comes: steps over a comma, or over the closing sign. */
    private boolean more(char end) {
        char next = peek();
        if (next == ',' || next == end) {
            place++;
        }
        return next != end;
    }

    private Map<String, Object> readMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        place++;
        while (more('}')) {
            peek();
            String key = readString();
            peek();
            place++;
            map.put(key, read());
        }
        return map;
    }

    private List<Object> readList() {
        List<Object> list = new ArrayList<>();
        place++;
        while (more(']')) {
            list.add(read());
        }
        return list;
    }

    private String readString() {
        StringBuilder found = new StringBuilder();
        for (place++; text.charAt(place) != '"'; place++) {
            found.append(text.charAt(place) == '\\' ? readEscape() : text.charAt(place));
        }
        place++;
        return found.toString();
    }

    private char readEscape() {
        char sign = text.charAt(++place);
        if (sign == 'u') {
            place += 4;
            return (char) Integer.parseInt(text.substring(place - 3, place + 1), 16);
        }
        int known = "bfnrt".indexOf(sign);
        return known < 0 ? sign : "\b\f\n\r\t".charAt(known);
    }

    private Object readWord() {
        int start = place;
        while (place < text.length() && ",]} \t\r\n".indexOf(text.charAt(place)) < 0) {
            place++;
        }
        String word = text.substring(start, place);
        if (word.equals("null")) {
            return null;
        }
        if (word.equals("true") || word.equals("false")) {
            return Boolean.valueOf(word);
        }
        return word.matches("-?\\d{1,9}") ? (Object) Integer.valueOf(word) : (Object) Double.valueOf(word);
    }

    static String write(Object value) {
        StringBuilder into = new StringBuilder();
        write(value, into);
        return into.toString();
    }

    private static void write(Object value, StringBuilder into) {
        if (value instanceof Map) {
            String separator = "{";
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
                into.append(separator);
                quote(entry.getKey().toString(), into);
                into.append(':');
                write(entry.getValue(), into);
                separator = ",";
            }
            into.append(separator.equals("{") ? "{}" : "}");
        } else if (value instanceof Iterable) {
            String separator = "[";
            for (Object element : (Iterable<?>) value) {
                into.append(separator);
                write(element, into);
                separator = ",";
            }
            into.append(separator.equals("[") ? "[]" : "]");
        } else if (value == null || value instanceof Number || value instanceof Boolean) {
            into.append(value);
        } else {
            quote(value.toString(), into);
        }
    }

    private static void quote(String value, StringBuilder into) {
        into.append('"');
        for (char sign : value.toCharArray()) {
            if (sign == '"' || sign == '\\') {
                into.append('\\').append(sign);
            } else if (sign < ' ') {
                into.append(String.format("\\u%04x", (int) sign));
            } else {
                into.append(sign);
            }
        }
        into.append('"');
    }
}
