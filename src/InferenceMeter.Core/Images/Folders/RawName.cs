using System.Buffers;
using System.Text;

namespace InferenceMeter.Images.Folders;

/// <summary>
/// File names as Linux has them: bytes, most often UTF-8. A byte that is not UTF-8 becomes the lone surrogate U+DC00
/// plus the byte, as Python's <c>surrogateescape</c> (PEP 383) does, so that every name has a string and goes back to
/// its bytes.
/// </summary>
internal static class RawName
{
    private const char FirstRaw = '\uDC80';
    private const char LastRaw = '\uDCFF';

    /// <summary>The string of a name.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (System.Text.Unicode.Utf8.IsValid(bytes))
            return Encoding.UTF8.GetString(bytes);
        var text = new StringBuilder(bytes.Length);
        while (bytes.Length > 0)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var used) == OperationStatus.Done)
            {
                text.Append(rune);
                bytes = bytes[used..];
            }
            else
            {
                text.Append((char)(0xDC00 + bytes[0]));
                bytes = bytes[1..];
            }
        }

        return text.ToString();
    }

    /// <summary>The bytes of a name, with the zero that ends it in C.</summary>
    public static byte[] Encode(string name)
    {
        if (!IsRaw(name))
            return [.. Encoding.UTF8.GetBytes(name), 0];
        var bytes = new List<byte>(name.Length + 1);
        var part = new StringBuilder();
        foreach (var letter in name)
        {
            if (!IsRaw(letter))
            {
                part.Append(letter);
                continue;
            }

            bytes.AddRange(Encoding.UTF8.GetBytes(part.ToString()));
            bytes.Add((byte)(letter - 0xDC00));
            part.Clear();
        }

        return [.. bytes, .. Encoding.UTF8.GetBytes(part.ToString()), 0];
    }

    /// <summary>Whether it holds a byte that is not UTF-8.</summary>
    public static bool IsRaw(string name)
    {
        for (var at = 0; at < name.Length; at++)
        {
            if (char.IsHighSurrogate(name[at]) && at + 1 < name.Length && char.IsLowSurrogate(name[at + 1]))
                at++;
            else if (IsRaw(name[at]))
                return true;
        }

        return false;
    }

    /// <summary>
    /// The name for an output line: bytes that are not UTF-8 as <c>\xE9</c>, and then every backslash twice. Other
    /// names stay as they are, except those that hold <c>\x</c> themselves.
    /// </summary>
    public static string Escape(string name)
    {
        if (!IsRaw(name) && !name.Contains("\\x", StringComparison.Ordinal))
            return name;
        var text = new StringBuilder(name.Length + 8);
        for (var at = 0; at < name.Length; at++)
        {
            var letter = name[at];
            if (char.IsHighSurrogate(letter) && at + 1 < name.Length && char.IsLowSurrogate(name[at + 1]))
                text.Append(letter).Append(name[++at]);
            else if (IsRaw(letter))
                text.Append("\\x").Append((letter - 0xDC00).ToString("X2"));
            else if (letter == '\\')
                text.Append("\\\\");
            else
                text.Append(letter);
        }

        return text.ToString();
    }

    /// <summary>Undoes <see cref="Escape"/>.</summary>
    public static string Unescape(string text)
    {
        if (!text.Contains("\\x", StringComparison.Ordinal))
            return text;
        var name = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\' || at + 1 == text.Length)
            {
                name.Append(text[at]);
            }
            else if (text[at + 1] == 'x' && at + 3 < text.Length && IsHex(text.AsSpan(at + 2, 2)))
            {
                name.Append((char)(0xDC00 + Convert.ToByte(text.Substring(at + 2, 2), 16)));
                at += 3;
            }
            else
            {
                name.Append(text[++at]);
            }
        }

        return name.ToString();
    }

    private static bool IsRaw(char letter) => letter is >= FirstRaw and <= LastRaw;

    private static bool IsHex(ReadOnlySpan<char> digits) =>
        char.IsAsciiHexDigit(digits[0]) && char.IsAsciiHexDigit(digits[1]);
}
