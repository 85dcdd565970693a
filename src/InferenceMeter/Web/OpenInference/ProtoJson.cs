using System.Buffers;
using System.Collections;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InferenceMeter.Web.OpenInference;

/// <summary>
/// Writes a message as Triton does over REST, so that both transports answer from one document: names as in the proto,
/// 64-bit numbers as numbers (protobuf's own JSON makes them texts), defaults written, absent messages left out.
/// </summary>
internal static class ProtoJson
{
    /// <summary>A message as an object.</summary>
    public static Utf8ContentHttpResult Result(IMessage message)
    {
        var json = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(json))
            Write(writer, message);
        return TypedResults.Text(json.WrittenSpan, "application/json");
    }

    /// <summary>An array of messages.</summary>
    public static Utf8ContentHttpResult Result(IEnumerable<IMessage> messages)
    {
        var json = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartArray();
            foreach (var message in messages)
                Write(writer, message);
            writer.WriteEndArray();
        }

        return TypedResults.Text(json.WrittenSpan, "application/json");
    }

    /// <summary>Writes a message as an object.</summary>
    private static void Write(Utf8JsonWriter writer, IMessage message)
    {
        writer.WriteStartObject();
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (field.HasPresence && !field.Accessor.HasValue(message))
                continue;
            writer.WritePropertyName(field.Name);
            var value = field.Accessor.GetValue(message);
            if (!field.IsRepeated)
            {
                Write(writer, field, value);
                continue;
            }

            writer.WriteStartArray();
            foreach (var element in (IList)value)
                Write(writer, field, element);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, FieldDescriptor field, object? value)
    {
        switch (value)
        {
            case IMessage message:
                Write(writer, message);
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case uint number:
                writer.WriteNumberValue(number);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case ulong number:
                writer.WriteNumberValue(number);
                break;
            case Enum choice:
                writer.WriteStringValue(field.EnumType.FindValueByNumber((int)(object)choice).Name);
                break;
            default:
                throw new NotSupportedException($"{field.FullName} has a type that is not written as JSON");
        }
    }
}
