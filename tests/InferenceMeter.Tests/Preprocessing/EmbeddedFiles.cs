namespace InferenceMeter.Tests.Preprocessing;

/// <summary>
/// Kinds of JPEG that Skia cannot write: <see cref="Picture.Scene"/> at 64 x 48, saved by Pillow 9.4.
/// </summary>
internal static class EmbeddedFiles
{
    /// <summary><c>save(..., quality=92, progressive=True)</c>.</summary>
    public static byte[] ProgressiveJpeg { get; } =
        Convert.FromBase64String(
            "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/2wBDAQMDAwQDBAgEBAgQCwkLEBAQEB"
                + "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBD/wgARCAAwAEADASIAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAABAUGB//EABcBAQEBAQAAAAAAAAAAAAAAAAYF"
                + "CAf/2gAMAwEAAhADEAAAAeNoejsMoCHohpAIemGknooIhpM8h6EGcQIeiGkAigiGknooIhpc8h6EGcQIoIhpJ6KCIiSeigiGk//EABYQAAMAAAAAAAAAAAAAAAAAAAABA//aAAgBAQABBQJSFIUhSF"
                + "IUhSFIUhSFIUhSFIUhSFIUhSFIUhSFIUhSFIUhSFIUhSFIUhSFIUhSFIUhSFIUhSFIUhSFIUj/xAAVEQEBAAAAAAAAAAAAAAAAAAAEAP/aAAgBAwEBPwEqYqYqYqYqYqYqYqYqYqYqYqb/xAAVEQEB"
                + "AAAAAAAAAAAAAAAAAAAEAP/aAAgBAgEBPwFDpDpDpDpD5D5D5D5DpDpDpDr/xAAUEAEAAAAAAAAAAAAAAAAAAABQ/9oACAEBAAY/AkP/xAAVEAEBAAAAAAAAAAAAAAAAAAAAYf/aAAgBAQABPyGSSS"
                + "SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSST/2gAMAwEAAgADAAAAEDTScTz08jssMP/EABYRAAMAAAAAAAAAAAAAAAAAAAAhMf/aAAgBAwEBPxCLIsiyLIsiyLIsiyLIsiz/xAAXEQEA"
                + "AwAAAAAAAAAAAAAAAAAAITFh/9oACAECAQE/ELZWytlq0aNFkrZarZav/8QAGRAAAwEBAQAAAAAAAAAAAAAAAAEhMRAg/9oACAEBAAE/EHcR0DoHQOgdA6DIZDIZeUgCAgKCgriK4juI4OgdA6B0Do"
                + "MhkMhl5SAICAoKCuIrif/Z"
        );

    /// <summary>CMYK with Adobe's inverted values: the complement of the scene and a black of 64 everywhere.</summary>
    public static byte[] CmykJpeg { get; } =
        Convert.FromBase64String(
            "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgICAgIDAgICAwMDAwQGBAQEBAQIBgYFBgkICgoJCAkJCgwPDAoLDgsJCQ0RDQ4PEBAREAoMEhMSEBMPEBAQ/8AAFAgAMABABEMRAE0RAFkRAEsRAP/EAB"
                + "gAAQEBAQEAAAAAAAAAAAAAAAAHBggJ/8QAHxAAAQIHAQEAAAAAAAAAAAAAAAQFARYiMUJToSFi/9oADgRDAE0AWQBLAAA/APPtkxOBZZjrO1Vzleo6oKGyYiWY6zPLnK9QKEyYiWY6zPLnK9QKGyYi"
                + "WY6zOrnK9QKGyYiWY6zPLnK9QKEyYiWY6zPLnK9QKGyYiWY6zOrnK9QKGyYiWY6zPLnK9QPCxkxKzLPxw69XOl/egobJiJZ+OGeXOl/egoTJiJZ+OGeXOl/egobJiJZ+OGdXOl/egobJiJZ+OGeXOl"
                + "/egoTJiJZ+OGeXOl/egobJiJZ+OGdXOl/egobJiJZ+OGeXOl/eg8LGTErEsw1nXq5yvUChsmIlmGszy5yvUChMmIlmGszy5yvUChsmIlmGszq5yvUChsmIlmGszy5yvUChMmIlmGszy5yvUChsmIlm"
                + "Gszq5yvUChsmIlmGszy5yvUDwsZMStSzHWdeLnK9QKGyYiWY6zPLnK9QKEyYiWY6zOrnK9QKGyYiWY6zPLnK9QKGyYiWY6zPLnK9QKEyYiWY6zOrnK9QKGyYiWY6zPLnK9QKGyYiWY6zPLnK9QPCxk"
                + "xKxLPxw69XOl/egobJiJZ+OGeXOl/egoTJiJZ+OGdXOl/egobJiJZ+OGeXOl/egobJiJZ+OGeXOl/egoTJiJZ+OGdXOl/egobJiJZ+OGeXOl/egobJiJZ+OGeXOl/eg8LGTErMsw1nXq5yvUChsmIl"
                + "mGszy5yvUChMmIlmGszq5yvUChsmIlmGszy5yvUChsmIlmGszy5yvUChMmIlmGszq5yvUChsmIlmGszy5yvUChsmIlmGszy5yvUD/9k="
        );
}
