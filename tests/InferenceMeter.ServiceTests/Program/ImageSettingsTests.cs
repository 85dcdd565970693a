using System.CommandLine;
using InferenceMeter.Cli;
using InferenceMeter.Settings;
using Microsoft.Extensions.Configuration;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>Where images are: one setting, given once or several times, typed or in a file.</summary>
public sealed class ImageSettingsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("""{ "Images": { "Sources": "photos" } }""", "photos")]
    [InlineData("""{ "Images": { "Sources": ["photos", "s3://bucket/a b,c;d"] } }""", "photos|s3://bucket/a b,c;d")]
    [InlineData("""{ "Images": { "Sources": ["", "photos"] } }""", "photos")]
    [InlineData("""{ "Images": { "Sources": [] } }""", "")]
    [InlineData("{}", "")]
    public void A_file_has_a_text_or_a_list(string json, string expected) =>
        Assert.Equal(expected, string.Join('|', Read(json).Sources));

    [Fact]
    public void What_is_typed_takes_the_place_of_a_list_and_is_not_mixed_with_it() =>
        Assert.Equal(
            ["x.tar", "s3://bucket/prefix"],
            Read(
                """{ "Images": { "Sources": ["a", "b", "c"] } }""",
                "--images",
                "x.tar",
                "--images",
                "s3://bucket/prefix"
            ).Sources
        );

    [Fact]
    public void The_setting_of_earlier_versions_is_refused_and_the_present_ones_are_named()
    {
        var result = SettingsReader.Read(Configure("""{ "Images": { "Directory": "photos" } }"""));

        Assert.Contains(
            result.Errors,
            error => error.StartsWith("Images:Directory is no setting; Images has Sources, ", StringComparison.Ordinal)
        );
    }

    private ImageSettings Read(string json, params string[] arguments)
    {
        var result = SettingsReader.Read(Configure(json, arguments));
        Assert.Empty(result.Errors);
        return result.Settings.Images;
    }

    private IConfigurationRoot Configure(string json, params string[] arguments)
    {
        var file = Path.Combine(_folder.FullName, "settings.json");
        File.WriteAllText(file, json);
        var command = new Command("serve");
        var options = new SettingOptions(command, CommandScopes.Serve);
        return options.Configure(command.Parse(["--settings", file, .. arguments]));
    }
}
