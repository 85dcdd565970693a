using System.Text.Json;
using Azure.Storage.Sas;
using InferenceMeter.Images;
using InferenceMeter.Tests.Images.Stores.Azure;
using InferenceMeter.Tests.Images.Stores.Google;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>The program with images of Azure and Google, as a process of its own.</summary>
public sealed class CloudBucketTests(Azurite azurite) : IClassFixture<Azurite>, IDisposable
{
    private static readonly string[] Keys = ["a/1.jpg", "a/2 ü#.jpg", "a/3%20.jpg"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    private string Output => Path.Combine(_folder.FullName, "answers.jsonl");

    public void Dispose() => _folder.Delete(recursive: true);

    [EmulatorFact]
    public async Task Each_image_of_a_container_of_Azure_is_answered()
    {
        var container = await azurite.ContainerAsync();
        for (var i = 0; i < Keys.Length; i++)
            await Azurite.WriteAsync(container, Keys[i], SyntheticPhotoGenerator.Make(i));

        var (code, output) = await RunAsync(
            $"az://meter/{container.Name}/a",
            ("AZURE_STORAGE_CONNECTION_STRING", azurite.Connection)
        );

        Assert.True(code == 0, output);
        Assert.Equal(Keys.Select(key => $"az://meter/{container.Name}/{key}"), Answered());
    }

    [EmulatorFact]
    public async Task A_signature_in_an_address_is_written_nowhere()
    {
        var container = await azurite.ContainerAsync();
        await Azurite.WriteAsync(container, "1.jpg", SyntheticPhotoGenerator.Make(1));
        await Azurite.WriteAsync(container, "2.jpg", "no image"u8.ToArray());
        var sas = Azurite.Sign(
            container,
            BlobContainerSasPermissions.Read | BlobContainerSasPermissions.List,
            TimeProvider.System.GetUtcNow().AddDays(1)
        );
        var address = $"{azurite.Account}/{container.Name}";

        var (_, output) = await RunAsync($"{address}?{sas}");
        var (code, refused) = await RunAsync($"{address}-not?{sas}");

        Assert.Equal([$"{address}/1.jpg", $"{address}/2.jpg"], Answered());
        Assert.DoesNotContain("sig=", $"{output} {refused} {await File.ReadAllTextAsync(Output)}");
        Assert.True(code == 2, refused);
        Assert.Contains($"{address}-not cannot be listed: ", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_image_of_a_bucket_of_Google_is_answered()
    {
        await using var storage = new GoogleStorage { PageSize = 2 };
        for (var i = 0; i < Keys.Length; i++)
            storage.Write(Keys[i], SyntheticPhotoGenerator.Make(i));

        var (code, output) = await RunAsync("gs://photos/a", ("STORAGE_EMULATOR_HOST", storage.Host));

        Assert.True(code == 0, output);
        Assert.Equal(Keys.Select(key => $"gs://photos/{key}"), Answered());
    }

    private List<string> Answered() =>
        [
            .. File.ReadAllLines(Output)
                .Select(line => JsonElement.Parse(line).GetProperty("path").GetString()!)
                .Order(StringComparer.Ordinal),
        ];

    private Task<(int Code, string Output)> RunAsync(
        string address,
        params (string Name, string Value)[] environment
    ) =>
        Tool.RunAsync(
            RunningMeter.Executable,
            ["--once", "--images", address, "--output", Output],
            environment: environment.ToDictionary(
                variable => variable.Name,
                variable => variable.Value,
                StringComparer.Ordinal
            ),
            folder: _folder.FullName
        );
}
