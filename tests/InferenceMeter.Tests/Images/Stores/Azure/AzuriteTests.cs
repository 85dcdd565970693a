using System.Text;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Sas;
using InferenceMeter.Images;
using InferenceMeter.Images.Stores;
using InferenceMeter.Images.Stores.Azure;

namespace InferenceMeter.Tests.Images.Stores.Azure;

/// <summary>Containers of Azurite, as Azure itself would give them.</summary>
[Collection(StoreEnvironment.Collection)]
public sealed class AzuriteTests(Azurite azurite) : IClassFixture<Azurite>, IDisposable
{
    private const BlobContainerSasPermissions ReadAndList =
        BlobContainerSasPermissions.Read | BlobContainerSasPermissions.List;

    private readonly StoreEnvironment _environment = new(
        Emulator.Missing is null ? [("AZURE_STORAGE_CONNECTION_STRING", azurite.Connection)] : []
    );

    private static DateTimeOffset Tomorrow => TimeProvider.System.GetUtcNow().AddDays(1);

    public void Dispose() => _environment.Dispose();

    [EmulatorFact]
    public async Task Objects_are_listed_with_their_sizes()
    {
        var container = await azurite.ContainerAsync("a/1.jpg", "a/2.jpg", "b/3.jpg");
        using var store = Store(container);

        var page = await store.ListAsync("a/", continuation: null, CancellationToken.None);

        Assert.Equal(["a/1.jpg:7", "a/2.jpg:7"], page.Objects.Select(item => $"{item.Key}:{item.Size}"));
        Assert.Null(page.Continuation);
        Assert.Equal(1, store.Traffic.Lists);
    }

    [EmulatorTheory]
    [InlineData("", "a.jpg a/1.jpg a/2.jpg ab/3.jpg")]
    [InlineData("a", "a/1.jpg a/2.jpg")]
    [InlineData("a/", "a/1.jpg a/2.jpg")]
    [InlineData("ab", "ab/3.jpg")]
    [InlineData("a/1", "a/1.jpg")]
    [InlineData("a.jpg", "a.jpg")]
    public async Task A_prefix_means_a_folder_an_object_or_how_keys_begin(string prefix, string keys)
    {
        var container = await azurite.ContainerAsync("a.jpg", "a/1.jpg", "a/2.jpg", "ab/3.jpg", "a/notes.txt");

        Assert.Equal(keys, string.Join(' ', await StoreSources.ReadAsync($"az://meter/{container.Name}/{prefix}")));
    }

    [EmulatorFact]
    public async Task Keys_hold_any_character()
    {
        // But for the backslash: Azure takes it for a slash.
        string[] keys =
        [
            "/slash first.jpg",
            "100%.jpg",
            "50%25.jpg",
            "a+b&c=d;e.jpg",
            "a//b.jpg",
            "hash#1.jpg",
            "two  words.jpg",
            "what?.jpg",
            "Ünïcødé 漢字 🦊.jpg",
        ];
        var container = await azurite.ContainerAsync(keys);
        using var store = Store(container);

        // The content of each is its key.
        Assert.Equal(keys, await StoreSources.ReadAsync($"az://meter/{container.Name}"));
        foreach (var key in keys)
        {
            Assert.Equal([key], await StoreSources.ReadAsync($"az://meter/{container.Name}/{key}"));
            var encoded = string.Join('/', key.Split('/').Select(Uri.EscapeDataString));
            Assert.Equal([key], await StoreSources.ReadAsync($"{azurite.Account}/{container.Name}/{encoded}"));
        }
    }

    [EmulatorFact]
    public async Task A_signature_in_the_address_reads_without_anything_set_and_is_in_no_name()
    {
        var container = await azurite.ContainerAsync("a/1.jpg");
        using var nothing = new StoreEnvironment();
        var address = $"{azurite.Account}/{container.Name}/a";

        using var source = await StoreSources.OpenAsync($"{address}?{Azurite.Sign(container, ReadAndList, Tomorrow)}");

        Assert.True(source.TryNext(out var image));
        Assert.Equal($"{address}/1.jpg", image.Name);
        Assert.Equal("a/1.jpg", Encoding.UTF8.GetString(image.Bytes.Span));
    }

    [EmulatorTheory]
    [InlineData("AZURE_STORAGE_KEY")]
    [InlineData("AZURE_STORAGE_SAS_TOKEN")]
    public async Task A_key_or_a_signature_of_the_environment_reads(string variable)
    {
        var container = await azurite.ContainerAsync("1.jpg");
        var secret = variable.EndsWith("KEY", StringComparison.Ordinal)
            ? Emulator.AzureKey
            : Azurite.Sign(container, ReadAndList, Tomorrow);
        using var only = new StoreEnvironment(("AZURE_STORAGE_ACCOUNT", "meter"), (variable, secret));

        Assert.Equal(["1.jpg"], await StoreSources.ReadAsync($"{azurite.Account}/{container.Name}"));
    }

    [EmulatorFact]
    public async Task A_public_container_is_read_without_credentials()
    {
        var container = await azurite.ContainerAsync("1.jpg");
        await container.SetAccessPolicyAsync(PublicAccessType.BlobContainer);
        using var nothing = new StoreEnvironment();

        Assert.Equal(["1.jpg"], await StoreSources.ReadAsync($"{azurite.Account}/{container.Name}"));
    }

    [EmulatorFact]
    public async Task Without_credentials_the_error_names_what_to_set()
    {
        var container = await azurite.ContainerAsync("1.jpg");
        using var nothing = new StoreEnvironment();

        var error = await Assert.ThrowsAsync<ImageSourceException>(() =>
            StoreSources.OpenAsync($"{azurite.Account}/{container.Name}")
        );

        Assert.StartsWith(
            $"{azurite.Account}/{container.Name} cannot be listed: ",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.EndsWith(AzureAccess.NoCredentials, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [EmulatorFact]
    public async Task An_expired_signature_is_refused_with_a_remedy_and_not_shown()
    {
        var container = await azurite.ContainerAsync("1.jpg");
        var sas = Azurite.Sign(container, ReadAndList, Tomorrow.AddDays(-2));
        var signed = $"{azurite.Account}/{container.Name}/1.jpg?{sas}";
        using var buckets = new Buckets(TimeProvider.System);
        var item = buckets.Find(signed);

        var failure = await Assert.ThrowsAsync<StoreException>(async () =>
            await item.Store.ReadAsync(item, int.MaxValue, CancellationToken.None)
        );
        var error = await Assert.ThrowsAsync<ImageSourceException>(() => StoreSources.OpenAsync(signed));

        // Azure itself says AuthenticationFailed, see AzureFaultTests.
        Assert.StartsWith("403 AuthorizationFailure: ", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            "; the signature of the address may be expired or wrong",
            failure.Message,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("sig=", $"{failure} {error} {item.Name}");
        Assert.Equal($"{azurite.Account}/{container.Name}/1.jpg", item.Name);
    }

    [EmulatorFact]
    public async Task A_signature_that_may_only_list_is_forbidden_to_read()
    {
        var container = await azurite.ContainerAsync("1.jpg", "2.jpg");
        var sas = Azurite.Sign(container, BlobContainerSasPermissions.List, Tomorrow);

        using var source = await StoreSources.OpenAsync($"{azurite.Account}/{container.Name}?{sas}");

        Assert.True(source.TryNext(out var image));
        Assert.Equal(ImageFailure.Forbidden, image.Failure);
    }

    [EmulatorFact]
    public async Task What_is_not_there_is_not_found()
    {
        var container = await azurite.ContainerAsync("1.jpg");
        using var store = Store(container);

        var failure = await Assert.ThrowsAsync<StoreException>(async () =>
            await store.ReadAsync(store.Object("2.jpg", null), int.MaxValue, CancellationToken.None)
        );
        var noContainer = await Assert.ThrowsAsync<ImageSourceException>(() =>
            StoreSources.OpenAsync("az://meter/none")
        );
        var nothing = await Assert.ThrowsAsync<ImageSourceException>(() =>
            StoreSources.OpenAsync($"az://meter/{container.Name}/x")
        );

        Assert.Equal(StoreFault.NotFound, failure.Fault);
        Assert.Equal(
            "az://meter/none cannot be listed: 404 ContainerNotFound: The specified container does not exist.",
            noContainer.Message
        );
        Assert.StartsWith($"az://meter/{container.Name}/x has no image and no archive", nothing.Message);
        Assert.Equal(0, store.Traffic.Retries);
    }

    [EmulatorFact]
    public async Task Ranges_are_read_at_any_place()
    {
        var container = await azurite.ContainerAsync();
        var content = new byte[1_000_000];
        new Random(1).NextBytes(content);
        await Azurite.WriteAsync(container, "big.bin", content);
        using var store = Store(container);

        await using var stream = await store.OpenSeekableAsync(store.Object("big.bin", null), CancellationToken.None);
        var end = new byte[100];
        stream.Seek(-100, SeekOrigin.End);
        await stream.ReadExactlyAsync(end);
        var middle = new byte[400_000];
        stream.Position = 123_456;
        await stream.ReadExactlyAsync(middle);

        Assert.Equal(content.Length, stream.Length);
        Assert.Equal(content[^100..], end);
        Assert.Equal(content[123_456..523_456], middle);
        Assert.InRange(store.Traffic.Gets, 3, 5);
    }

    [EmulatorFact]
    public async Task An_object_that_changes_between_two_ranges_is_changed_and_not_mixed()
    {
        var container = await azurite.ContainerAsync();
        await Azurite.WriteAsync(container, "big.bin", new byte[600_000]);
        using var store = Store(container);
        await using var stream = await store.OpenSeekableAsync(
            store.Object("big.bin", 600_000),
            CancellationToken.None
        );
        await stream.ReadExactlyAsync(new byte[1000]);

        await Azurite.WriteAsync(container, "big.bin", new byte[600_000]);
        stream.Position = 500_000;
        var failure = await Assert.ThrowsAsync<StoreException>(async () =>
            await stream.ReadExactlyAsync(new byte[1000])
        );

        Assert.Equal(StoreFault.Changed, failure.Fault);
        Assert.StartsWith("412 ConditionNotMet: ", failure.Message, StringComparison.Ordinal);
    }

    [EmulatorFact]
    public async Task An_empty_object_is_an_empty_image()
    {
        var container = await azurite.ContainerAsync();
        await Azurite.WriteAsync(container, "empty.jpg", []);

        Assert.Equal([""], await StoreSources.ReadAsync($"az://meter/{container.Name}"));
    }

    private static BucketStore Store(BlobContainerClient container)
    {
        var provider = new AzureBucketProvider();
        return StoreSources.Store(provider.Open(provider.Parse($"az://meter/{container.Name}")));
    }
}
