using System.Buffers;

namespace InferenceMeter.Images.Archives;

/// <summary>A field of a structure.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Type">Its type; of a list, that of the elements. <see cref="ThriftType.True"/> stands for both.</param>
/// <param name="Shape">Of a structure, or of the structures in a list.</param>
/// <param name="IsList">Whether it is a list.</param>
internal readonly record struct ThriftField(int Id, ThriftType Type, ThriftShape? Shape = null, bool IsList = false);

/// <summary>
/// The fields of a structure that are needed. A copy of only them is safe to hand to a parser that believes what it
/// reads: each is of its type, and nothing ends early or claims to be longer than it is.
/// </summary>
internal sealed class ThriftShape(params ThriftField[] fields)
{
    /// <summary>Structures of one description; each becomes an object.</summary>
    private const int MostStructures = 500_000;

    /// <summary>Copies a structure.</summary>
    /// <exception cref="InvalidDataException">It is broken.</exception>
    public void Copy(ref ThriftReader from, IBufferWriter<byte> to)
    {
        var left = MostStructures;
        Copy(ref from, to, ref left);
    }

    private void Copy(ref ThriftReader from, IBufferWriter<byte> to, ref int left)
    {
        if (--left < 0)
            throw new InvalidDataException("it has too many columns and row groups");
        var id = 0;
        var last = 0;
        while (from.NextField(ref id, out var type))
        {
            if (Find(id) is not { } field)
            {
                from.Skip(type);
                continue;
            }

            if (type != field.Type && !IsListOf(field, type) && !IsTruth(field, type))
                throw new InvalidDataException($"a description in it has a field {id} of another type");
            WriteField(to, id - last, id, type);
            last = id;
            if (field.IsList)
                CopyList(ref from, to, field, ref left);
            else
                CopyValue(ref from, to, field, ref left);
        }

        to.Write([(byte)0]);
    }

    private ThriftField? Find(int id)
    {
        foreach (var field in fields)
        {
            if (field.Id == id)
                return field;
        }

        return null;
    }

    private static bool IsListOf(in ThriftField field, ThriftType type) => field.IsList && type == ThriftType.List;

    private static bool IsTruth(in ThriftField field, ThriftType type) =>
        field is { Type: ThriftType.True, IsList: false } && type == ThriftType.False;

    private static void CopyList(ref ThriftReader from, IBufferWriter<byte> to, in ThriftField field, ref int left)
    {
        var count = from.List(out var element);
        if (element != field.Type && count > 0)
            throw new InvalidDataException($"a description in it has a list {field.Id} of another type");
        if (count < 15)
        {
            to.Write([(byte)((count << 4) | (int)field.Type)]);
        }
        else
        {
            to.Write([(byte)(0xF0 | (int)field.Type)]);
            WriteNumber(to, (ulong)count);
        }

        for (; count > 0; count--)
            CopyValue(ref from, to, field, ref left);
    }

    private static void CopyValue(ref ThriftReader from, IBufferWriter<byte> to, in ThriftField field, ref int left)
    {
        switch (field.Type)
        {
            case ThriftType.True:
                break;
            case ThriftType.Byte:
                to.Write([from.Byte()]);
                break;
            case ThriftType.Int:
                WriteSigned(to, from.Int());
                break;
            case ThriftType.Long:
                WriteSigned(to, from.Long());
                break;
            case ThriftType.Binary:
                var value = from.Binary();
                WriteNumber(to, (ulong)value.Length);
                to.Write(value);
                break;
            default:
                field.Shape!.Copy(ref from, to, ref left);
                break;
        }
    }

    private static void WriteField(IBufferWriter<byte> to, int difference, int id, ThriftType type)
    {
        if (difference is > 0 and <= 15)
        {
            to.Write([(byte)((difference << 4) | (int)type)]);
            return;
        }

        to.Write([(byte)type]);
        WriteSigned(to, id);
    }

    private static void WriteSigned(IBufferWriter<byte> to, long value) =>
        WriteNumber(to, (ulong)(value << 1) ^ (ulong)(value >> 63));

    private static void WriteNumber(IBufferWriter<byte> to, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            to.Write([(byte)(value | 0x80)]);
        to.Write([(byte)value]);
    }
}
