namespace InferenceMeter.Tests.Preprocessing;

/// <summary>
/// Kinds of JPEG that Skia cannot write: <see cref="Picture.Scene"/> at 64 x 48, saved by Pillow 9.4.
/// </summary>
internal static class EmbeddedFiles
{
    /// <summary><c>save(..., quality=92, progressive=True)</c>.</summary>
    public static byte[] ProgressiveJpeg { get; } =
        Convert.FromBase64String(
            "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDREN"
                + "Dg8QEBEQCgwSExIQEw8QEBD/2wBDAQMDAwQDBAgEBAgQCwkLEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ"
                + "EBAQEBAQEBAQEBAQEBD/wgARCAAwAEADASIAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAABAUGB//EABcBAQEBAQAAAAAA"
                + "AAAAAAAAAAYFCAf/2gAMAwEAAhADEAAAAeNoejsMoCHohpAIemGknooIhpM8h6EGcQIeiGkAigiGknooIhpc8h6EGcQIoIhp"
                + "J6KCIiSeigiGk//EABYQAAMAAAAAAAAAAAAAAAAAAAABA//aAAgBAQABBQJSFIUhSFIUhSFIUhSFIUhSFIUhSFIUhSFIUhSF"
                + "IUhSFIUhSFIUhSFIUhSFIUhSFIUhSFIUhSFIUhSFIUj/xAAVEQEBAAAAAAAAAAAAAAAAAAAEAP/aAAgBAwEBPwEqYqYqYqYq"
                + "YqYqYqYqYqYqYqb/xAAVEQEBAAAAAAAAAAAAAAAAAAAEAP/aAAgBAgEBPwFDpDpDpDpD5D5D5D5DpDpDpDr/xAAUEAEAAAAA"
                + "AAAAAAAAAAAAAABQ/9oACAEBAAY/AkP/xAAVEAEBAAAAAAAAAAAAAAAAAAAAYf/aAAgBAQABPyGSSSSSSSSSSSSSSSSSSSSS"
                + "SSSSSSSSSSSSSSSSSSSSSSSSSST/2gAMAwEAAgADAAAAEDTScTz08jssMP/EABYRAAMAAAAAAAAAAAAAAAAAAAAhMf/aAAgB"
                + "AwEBPxCLIsiyLIsiyLIsiyLIsiz/xAAXEQEAAwAAAAAAAAAAAAAAAAAAITFh/9oACAECAQE/ELZWytlq0aNFkrZarZav/8QA"
                + "GRAAAwEBAQAAAAAAAAAAAAAAAAEhMRAg/9oACAEBAAE/EHcR0DoHQOgdA6DIZDIZeUgCAgKCgriK4juI4OgdA6B0DoMhkMhl"
                + "5SAICAoKCuIrif/Z"
        );

    /// <summary>CMYK with Adobe's inverted values: the complement of the scene and a black of 64 everywhere.</summary>
    public static byte[] CmykJpeg { get; } =
        Convert.FromBase64String(
            "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgICAgIDAgICAwMDAwQGBAQEBAQIBgYFBgkICgoJCAkJCgwPDAoLDgsJCQ0RDQ4P"
                + "EBAREAoMEhMSEBMPEBAQ/8AAFAgAMABABEMRAE0RAFkRAEsRAP/EABgAAQEBAQEAAAAAAAAAAAAAAAAHBggJ/8QAHxAAAQIH"
                + "AQEAAAAAAAAAAAAAAAQFARYiMUJToSFi/9oADgRDAE0AWQBLAAA/APPtkxOBZZjrO1Vzleo6oKGyYiWY6zPLnK9QKEyYiWY6"
                + "zPLnK9QKGyYiWY6zOrnK9QKGyYiWY6zPLnK9QKEyYiWY6zPLnK9QKGyYiWY6zOrnK9QKGyYiWY6zPLnK9QPCxkxKzLPxw69X"
                + "Ol/egobJiJZ+OGeXOl/egoTJiJZ+OGeXOl/egobJiJZ+OGdXOl/egobJiJZ+OGeXOl/egoTJiJZ+OGeXOl/egobJiJZ+OGdX"
                + "Ol/egobJiJZ+OGeXOl/eg8LGTErEsw1nXq5yvUChsmIlmGszy5yvUChMmIlmGszy5yvUChsmIlmGszq5yvUChsmIlmGszy5y"
                + "vUChMmIlmGszy5yvUChsmIlmGszq5yvUChsmIlmGszy5yvUDwsZMStSzHWdeLnK9QKGyYiWY6zPLnK9QKEyYiWY6zOrnK9QK"
                + "GyYiWY6zPLnK9QKGyYiWY6zPLnK9QKEyYiWY6zOrnK9QKGyYiWY6zPLnK9QKGyYiWY6zPLnK9QPCxkxKxLPxw69XOl/egobJ"
                + "iJZ+OGeXOl/egoTJiJZ+OGdXOl/egobJiJZ+OGeXOl/egobJiJZ+OGeXOl/egoTJiJZ+OGdXOl/egobJiJZ+OGeXOl/egobJ"
                + "iJZ+OGeXOl/eg8LGTErMsw1nXq5yvUChsmIlmGszy5yvUChMmIlmGszq5yvUChsmIlmGszy5yvUChsmIlmGszy5yvUChMmIl"
                + "mGszq5yvUChsmIlmGszy5yvUChsmIlmGszy5yvUD/9k="
        );
}
